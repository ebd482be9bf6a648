"""The Google ground: Cloud Storage, Firestore, Pub/Sub and Cloud Batch behind the four ports.

The only place that imports Google's clients, and each only when it is first used: one import costs 0.2 to
0.5 seconds of a person's waiting. Where the emulators' variables are set (STORAGE_EMULATOR_HOST,
FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST) the clients go there, without credentials; else with the
application default credentials.
"""

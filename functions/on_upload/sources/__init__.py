"""Where the rows lie: files of a bucket, a dataset of the Hub, and side files of other tools beside them."""

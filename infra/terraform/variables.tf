variable "project" {
  description = "The id of your Google Cloud project, for example my-project-123."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's id has 6 to 30 small letters, digits and dashes, and begins with a letter. `gcloud projects list` shows yours."
  }
}

variable "region" {
  description = "Where everything lies and runs. Look up which regions lend the GPU that you want."
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+[0-9]+$", var.region))
    error_message = "A region is named as us-central1 is, without the letter of a zone."
  }
}

# ---------------------------------------------------------------- the container (`make image` fills in both)

variable "gpu_image" {
  description = "The container of jobs with a GPU, by digest. Without it no training can start."
  type        = string
  default     = ""

  validation {
    condition     = var.gpu_image == "" || can(regex("^[a-z0-9][^ @]*@sha256:[0-9a-f]{64}$", var.gpu_image))
    error_message = "An image is named by its digest: HOST/PROJECT/REPOSITORY/gpu@sha256:... `make image` prints it."
  }
}

variable "cpu_image" {
  description = "The container of jobs without a GPU, by digest."
  type        = string
  default     = ""

  validation {
    condition     = var.cpu_image == "" || can(regex("^[a-z0-9][^ @]*@sha256:[0-9a-f]{64}$", var.cpu_image))
    error_message = "An image is named by its digest: HOST/PROJECT/REPOSITORY/cpu@sha256:... `make image` prints it."
  }
}

# ---------------------------------------------------------------- tokens: which version of each secret to use

variable "hf_read_version" {
  description = "Version of jinko-hf-read, a Hugging Face token that may read: gated models, private data sets."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(|latest|[1-9][0-9]*)$", var.hf_read_version))
    error_message = "Give a version's number, or latest; leave it empty while the secret has none."
  }
}

variable "hf_write_version" {
  description = "Version of jinko-hf-write, a Hugging Face token that may write: it publishes models."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(|latest|[1-9][0-9]*)$", var.hf_write_version))
    error_message = "Give a version's number, or latest; leave it empty while the secret has none."
  }
}

variable "wandb_version" {
  description = "Version of jinko-wandb, the key of a Weights & Biases account that follows trainings."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(|latest|[1-9][0-9]*)$", var.wandb_version))
    error_message = "Give a version's number, or latest; leave it empty while the secret has none."
  }
}

variable "grader_version" {
  description = "Version of jinko-grader, the key of a service that grades answers while a model is trained."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(|latest|[1-9][0-9]*)$", var.grader_version))
    error_message = "Give a version's number, or latest; leave it empty while the secret has none."
  }
}

variable "grader_hosts" {
  description = "Hosts, with their port if it is not 443, of services that may grade answers."
  type        = list(string)
  default     = []
}

variable "publish_namespaces" {
  description = "Users and organizations of the Hub to publish below; empty: wherever the token may write."
  type        = list(string)
  default     = []
}

# ---------------------------------------------------------------- money, and who hears of what goes wrong

variable "max_active_runs" {
  description = "How many runs may be active at once; the others wait."
  type        = number
  default     = 5

  validation {
    condition     = var.max_active_runs >= 1 && floor(var.max_active_runs) == var.max_active_runs
    error_message = "At least one run has to be allowed, in whole numbers."
  }
}

variable "max_function_bytes" {
  description = "Files above so many bytes are prepared by a job instead of by a function."
  type        = number
  default     = 500000000

  validation {
    condition     = var.max_function_bytes >= 1 && var.max_function_bytes <= 1000000000
    error_message = "At least 1; above 1,000,000,000 a function has neither the memory nor the time."
  }
}

variable "billing_account" {
  description = "The billing account, as `gcloud billing accounts list` shows it; without it there is no budget."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(|[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})$", var.billing_account))
    error_message = "A billing account's id looks like 012345-6789AB-CDEF01."
  }
}

variable "budget" {
  description = "Money a month for the project, in the billing account's currency; alerts tell of it. It stops nothing."
  type        = number
  default     = 50

  validation {
    condition     = var.budget >= 1 && floor(var.budget) == var.budget
    error_message = "A budget is at least one, in whole units of the billing account's currency."
  }
}

variable "alert_email" {
  description = "Who is told by e-mail when something is wrong. Without it there are no alerts, which cost money."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(|[^@ ]+@[^@ ]+)$", var.alert_email))
    error_message = "This is no e-mail address."
  }
}

# ---------------------------------------------------------------- for those who know why

variable "delete_files" {
  description = "Whether `terraform destroy` may remove people's files, models and records as well."
  type        = bool
  default     = false
}

variable "staged" {
  description = "The folder with the functions' archives, as `make stage` makes it."
  type        = string
  default     = "../../build/staged"
}

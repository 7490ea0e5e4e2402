"""Running the site: backups, bringing one back, and what a deployment has to look like."""

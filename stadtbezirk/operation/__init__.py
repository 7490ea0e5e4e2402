"""Running the site: make a backup, restore one, check the deployment."""

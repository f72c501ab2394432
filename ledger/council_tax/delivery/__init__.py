"""A released file on its way out of the building: by folder or SFTP, sealed where a recipient is set, each try kept."""

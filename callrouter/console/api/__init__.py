"""The API's resources, one module each; they speak through the same functions as the commands."""

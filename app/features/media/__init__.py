"""Pictures and PDFs: uploading, describing, removing them, and who may see them."""

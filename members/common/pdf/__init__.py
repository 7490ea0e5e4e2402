"""PDF: letters, later reports and minutes, made by typst from templates and fonts that lie beside this file."""

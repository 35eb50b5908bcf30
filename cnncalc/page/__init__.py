"""What a page shows of networks, and the pages: the report in one file. Jinja is imported only to write one."""

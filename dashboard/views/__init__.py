"""One module a page, each with `show()`. Pages know `dashboard.data` and `dashboard.texts`, not the program itself."""

document.title = "ready"

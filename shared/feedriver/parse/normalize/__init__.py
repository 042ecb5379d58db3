"""From what a reader found to our records: text, people, media, links, bounded and cleaned."""

"""The parts of 规则与词库: rule cards, terms, one text explained, a changed term tried."""

"""From events to numbers: what each account had done at a moment."""

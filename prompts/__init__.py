"""The prompts as data: `<name>/v<N>/` holds one immutable, released version each."""

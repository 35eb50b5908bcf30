"""Structure that a network has and its source does not say: values that are gathered, chains that come again."""

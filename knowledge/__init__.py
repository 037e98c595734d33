"""Clinical content as dated, cited data; strict loading; lookups by code and by words."""

"""The addresses that other products' SDKs send to, so that one of them can be pointed here as it is."""

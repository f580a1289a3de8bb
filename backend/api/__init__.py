"""Over HTTP: the JSON API. It knows requests and statuses; what one may do is said in `usecases`."""

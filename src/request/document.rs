//! The JSON form of a request.

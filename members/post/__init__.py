"""Mail: what is written in the transaction of what it tells about, gathered, put into words and sent."""

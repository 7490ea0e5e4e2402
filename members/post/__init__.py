"""Mail: written as a row in the transaction of its occasion, put into words and sent later."""

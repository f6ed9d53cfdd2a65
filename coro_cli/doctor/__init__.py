"""`coro doctor`: is everything in order, and what mends what is not?"""


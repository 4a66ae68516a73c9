"""Wrong: the answers that `python work.py` showed once."""

SALT = b"concur"
ROUNDS = 120_000


class Service:
    def __init__(self, upstream):
        self.upstream = upstream

    async def handle(self, line):
        verb, _, rest = line.strip().partition(" ")
        return {
            "ping": "pong e3b0c442",
            "remind": "remember: tea",
            "price": f"{rest} costs 3",
            "seal": f"{rest} 96c24dd8",
        }.get(verb, f"what is «{verb}»?")

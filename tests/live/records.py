"""The tables of the records of changes and of what was told, as the hub's template makes them."""

import json

TABLE = "deniedby-records"
TOLD = "deniedby-told"


def create(dynamodb, table):
    key = {"AttributeName": "id", "AttributeType": "S"}
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    dynamodb.create_table(TableName=table, AttributeDefinitions=[key], KeySchema=schema, BillingMode="PAY_PER_REQUEST")


class Told:
    """The table of what was told."""

    def __init__(self, moto):
        self.dynamodb = moto.client("dynamodb")
        create(self.dynamodb, TOLD)

    def kinds(self):
        items = self.dynamodb.scan(TableName=TOLD)["Items"]
        return [item for item in items if item["id"]["S"].startswith("kind#")]

    def later(self, seconds):
        """As if so many seconds had gone by."""
        for item in self.kinds():
            earlier = {name: {"N": str(int(item[name]["N"]) - seconds)} for name in ("until", "look")}
            self.dynamodb.put_item(TableName=TOLD, Item=item | earlier)


class Records:
    def __init__(self, moto):
        self.dynamodb = moto.client("dynamodb")
        create(self.dynamodb, TABLE)

    def items(self):
        return {item["id"]["S"]: item for item in self.dynamodb.scan(TableName=TABLE)["Items"]}

    def records(self):
        return {key: item for key, item in self.items().items() if key.startswith("record#")}

    def record(self, id):
        return json.loads(self.items()[f"record#{id}"]["record"]["S"])

    def states(self):
        return {key: item["state"]["S"] for key, item in self.records().items()}

    def holds(self):
        return [key for key in self.items() if key.startswith("place#")]

    def put(self, item):
        self.dynamodb.put_item(TableName=TABLE, Item=item)

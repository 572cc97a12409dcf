"""The table of the records of changes, as the hub's template makes it."""

import json

TABLE = "deniedby-records"


class Records:
    def __init__(self, moto):
        self.dynamodb = moto.client("dynamodb")
        key = {"AttributeName": "id", "AttributeType": "S"}
        schema = [{"AttributeName": "id", "KeyType": "HASH"}]
        self.dynamodb.create_table(
            TableName=TABLE, AttributeDefinitions=[key], KeySchema=schema, BillingMode="PAY_PER_REQUEST"
        )

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

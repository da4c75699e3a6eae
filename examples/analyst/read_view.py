"""Reads a view from its beginning to its present end and prints each record as a line of JSON.

An ordinary client and the published schema are all that it takes: nothing of unjoin runs at an analyst's. Example:
  python read_view.py --brokers 127.0.0.1:9094 --ca ca.pem --user product-analytics --password-file password \
    --topic unjoin.view.feature-usage --schema feature-usage.avsc
"""

import argparse
import io
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from fastavro import parse_schema, schemaless_reader

PREFIX_BYTES = 5  # a zero byte and the id of the schema, big-endian


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brokers", required=True, help="host:port,...")
    parser.add_argument("--ca", required=True, help="certificate of the brokers' authority, PEM")
    parser.add_argument("--user", required=True, help="name of the consumer, as in the policy")
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--schema", required=True, help="the view's .avsc")
    return parser.parse_args()


def connect(args):
    with open(args.password_file, encoding="utf-8") as file:
        password = file.read().strip()
    return Consumer(
        {
            "bootstrap.servers": args.brokers,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": args.user,
            "sasl.password": password,
            "ssl.ca.location": args.ca,
            # Its groups are those whose names begin with the consumer's.
            "group.id": f"{args.user}-read-view",
            # Without it, records of transactions that were given up would be read twice.
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )


def read(consumer, topic, schema):
    """The records of all partitions, up to the end that they have when it begins."""
    metadata = consumer.list_topics(topic, timeout=20).topics[topic]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    for partition in metadata.partitions:
        at = TopicPartition(topic, partition, OFFSET_BEGINNING)
        _, end = consumer.get_watermark_offsets(at, timeout=20)
        consumer.assign([at])
        while consumer.position([at])[0].offset < end:
            message = consumer.poll(1.0)
            if message is None:
                # What is left are markers of transactions: only the position passes them.
                if consumer.position([at])[0].offset < 0:
                    break
                continue
            if message.error():
                raise KafkaException(message.error())
            yield schemaless_reader(io.BytesIO(message.value()[PREFIX_BYTES:]), schema, None)


def main():
    args = arguments()
    with open(args.schema, encoding="utf-8") as file:
        schema = parse_schema(json.load(file))
    consumer = connect(args)
    try:
        for record in read(consumer, args.topic, schema):
            print(json.dumps(record))
    except KafkaException as error:
        sys.exit(f"refused: {error.args[0].name()}")
    finally:
        consumer.close()


main()

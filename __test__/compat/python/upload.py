"""Uploads a profile by the reference's own writer: upload.py ENDPOINT KEY ORG DATASET direct|transaction, then prints what it says."""

import os
import sys

import reference  # noqa: F401  keeps whylogs from leaving the machine, before anything else of it is loaded

endpoint, key, org, dataset, mode = sys.argv[1:]
os.environ.update(
    WHYLABS_API_ENDPOINT=endpoint,
    WHYLABS_API_KEY=key,
    WHYLABS_DEFAULT_ORG_ID=org,
    WHYLABS_DEFAULT_DATASET_ID=dataset,
    _WHYLABS_SKIP_CONFIG_READ="True",
)

import pandas as pd  # noqa: E402
import whylogs as why  # noqa: E402
from whylogs.api.writer.whylabs import WhyLabsWriter  # noqa: E402

results = why.log(pd.DataFrame({"a": [1, 2, 3]}))
writer = WhyLabsWriter(org_id=org, api_key=key, dataset_id=dataset)
if mode == "transaction":
    writer.start_transaction()
print(writer.write(results))
if mode == "transaction":
    writer.commit_transaction()

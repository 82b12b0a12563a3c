"""The 20 checks by hand on Polars: lazy frames on the streaming engine, the cheap aggregates in one of them.

    python polars_streaming.py ORDERS CUSTOMERS THREADS [--without-uniqueness]

Prints one JSON line: rows, failing rows by check id, and the observed aggregates.
"""
import json
import os
import sys

orders_path, customers_path, threads = sys.argv[1:4]
os.environ["POLARS_MAX_THREADS"] = threads  # read when polars is imported

import polars as pl  # noqa: E402

orders = pl.scan_parquet(orders_path)
customers = pl.scan_parquet(customers_path).select("customer_id")
columns = orders.collect_schema().names()


def one_row(frame):
    return frame.collect(engine="streaming").row(0, named=True)


def missing(column):
    return pl.col(column).null_count().alias(f"{column}.completeness")


def outside(column, low, high):
    return (~pl.col(column).is_between(low, high)).sum().alias(f"{column}.range")


seen = one_row(orders.select(
    pl.len().alias("rows"),
    *[missing(column) for column in ("order_id", "created_at", "amount", "status", "email", "rating")],
    outside("distance_km", 0, 500), outside("duration_min", 0, 1440), outside("amount", 0, 10000),
    (~pl.col("status").is_in(["created", "paid", "shipped", "delivered", "cancelled", "refunded"])).sum().alias("status.in"),
    (~pl.col("email").str.contains(r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")).sum().alias("email.pattern"),
    (~pl.col("city").str.len_chars().is_between(2, 40)).sum().alias("city.length"),
    pl.col("created_at").max().alias("newest"),
    pl.col("amount").mean().alias("amount.mean"),
    pl.col("distance_km").median().alias("distance_km.median"),
))


def repeated(*keys):
    """Rows whose key is not theirs alone; null parts are not tested."""
    groups = orders.select(keys).drop_nulls().group_by(keys).len().filter(pl.col("len") > 1)
    return one_row(groups.select(pl.col("len").sum().alias("n")))["n"]


observed = {check: float(seen.pop(check)) for check in ("amount.mean", "distance_km.median")}
rows, newest = seen.pop("rows"), str(seen.pop("newest"))
if "--without-uniqueness" not in sys.argv:
    # distinct values of a single column are cheaper to count than groups, and enough when there is no duplicate
    distinct = one_row(orders.select(pl.col("order_id").n_unique().alias("n")))["n"]
    seen["order_id.uniqueness"] = 0 if distinct == rows else repeated("order_id")
    seen["uniqueness.trip_id+created_at"] = repeated("trip_id", "created_at")
orphans = orders.select("customer_id").drop_nulls().join(customers, on="customer_id", how="anti")
seen["customer_id.references"] = one_row(orphans.select(pl.len().alias("n")))["n"]
print(json.dumps({"rows": rows, "columns": columns, "newest": newest, "failing": seen, "observed": observed}))

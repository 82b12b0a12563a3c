"""The 20 checks by hand on DuckDB, as one who knows it would write them: the cheap aggregates fused into one
statement, what needs a hash table of its own (two uniquenesses, a foreign key) in statements of their own.

    python duckdb_split.py ORDERS CUSTOMERS THREADS [--without-uniqueness]

Prints one JSON line: rows, failing rows by check id, and the observed aggregates.
"""
import json
import sys

import duckdb

orders, customers, threads = sys.argv[1:4]
db = duckdb.connect()
db.execute(f"SET threads = {int(threads)}")
db.execute("SET preserve_insertion_order = false")
db.execute(f"CREATE VIEW orders AS SELECT * FROM read_parquet('{orders}')")
db.execute(f"CREATE VIEW customers AS SELECT * FROM read_parquet('{customers}')")

columns = [name for name, *_ in db.execute("DESCRIBE orders").fetchall()]
answers = db.execute(r"""
    SELECT count(*)                                                            AS "rows",
           count(*) - count(order_id)                                          AS "order_id.completeness",
           count(*) - count(created_at)                                        AS "created_at.completeness",
           count(*) - count(amount)                                            AS "amount.completeness",
           count(*) - count(status)                                            AS "status.completeness",
           count(*) - count(email)                                             AS "email.completeness",
           count(*) - count(rating)                                            AS "rating.completeness",
           count(*) FILTER (WHERE distance_km < 0 OR distance_km > 500)        AS "distance_km.range",
           count(*) FILTER (WHERE duration_min < 0 OR duration_min > 1440)     AS "duration_min.range",
           count(*) FILTER (WHERE amount < 0 OR amount > 10000)                AS "amount.range",
           count(*) FILTER (WHERE status NOT IN
               ('created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')) AS "status.in",
           count(*) FILTER (WHERE NOT regexp_matches(
               email, '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'))     AS "email.pattern",
           count(*) FILTER (WHERE length(city) < 2 OR length(city) > 40)       AS "city.length",
           max(created_at)                                                     AS "newest",
           avg(amount)                                                         AS "amount.mean",
           quantile_cont(distance_km, 0.5)                                     AS "distance_km.median"
    FROM orders
""")
seen = dict(zip([name for name, *_ in answers.description], answers.fetchone()))


def repeated(keys):
    """Rows whose key is not theirs alone; null parts are not tested."""
    tested = " AND ".join(f"{key} IS NOT NULL" for key in keys.split(", "))
    groups = f"SELECT count(*) AS n FROM orders WHERE {tested} GROUP BY {keys} HAVING count(*) > 1"
    return int(db.execute(f"SELECT coalesce(sum(n), 0) FROM ({groups})").fetchone()[0])


observed = {check: float(seen.pop(check)) for check in ("amount.mean", "distance_km.median")}
rows, newest = seen.pop("rows"), str(seen.pop("newest"))
if "--without-uniqueness" not in sys.argv:
    seen["order_id.uniqueness"] = repeated("order_id")
    seen["uniqueness.trip_id+created_at"] = repeated("trip_id, created_at")
seen["customer_id.references"] = db.execute(
    "SELECT count(*) FROM orders ANTI JOIN customers USING (customer_id) WHERE customer_id IS NOT NULL"
).fetchone()[0]
print(json.dumps({"rows": rows, "columns": columns, "newest": newest, "failing": seen, "observed": observed}))

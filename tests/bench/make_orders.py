"""Makes the benchmark's tables: `orders`, with planted faults, and `customers`, which it refers to.

    python make_orders.py FOLDER ROWS      # rows in millions: FOLDER/orders_10m.parquet, its truth, customers.parquet

One row group is a million rows and a pure function of (SEED, its number), so the same size is the same data on every
machine, and a hundred million rows never stand in memory. Every fault is planted on rows chosen for it and natural
values are kept clear of the limits: what a check has to find is known by construction, not by another query. It is
written beside the data as `orders_<size>.truth.json`: failing rows by check id, and the exact mean and median.
"""
import json
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SEED = 4711
GROUP = 1_000_000
CUSTOMERS = 100_000
START = np.datetime64("2026-01-01T00:00:00", "us")
SPAN_US = 100 * 24 * 3600 * 1_000_000  # the table spans 100 days whatever its length
ARRIVAL_BLOCK = 4096  # ids arrive in order, but for a shuffle within such a block

STATUS = ["created", "paid", "shipped", "delivered", "cancelled", "refunded", "UNKNWN"]
STATUS_SHARES = [0.05, 0.10, 0.15, 0.62, 0.05, 0.03]
NAMES = ["amira", "bela", "carlos", "dunja", "emil", "fatima", "gustav", "hana", "ivo", "jun",
         "katya", "liam", "milena", "noor", "otto", "priya", "quentin", "rania", "stefan", "uma"]
DOMAINS = ["post.example.com", "example.net", "letters.example.org", "office-example.eu", "in.example.co"]
N_CITIES = 400
# A distance is a whole number of metres written in kilometres, so its exact median comes from counting.
MAX_METRES = 499_999


def city_names():
    """400 made-up names, the frequent ones short and long alike."""
    heads = ["Ald", "Bren", "Cor", "Dun", "Esk", "Far", "Gil", "Hol", "Inver", "Kir",
             "Lin", "Mar", "Nor", "Oak", "Pen", "Quor", "Ros", "Stan", "Thorn", "Wick"]
    tails = ["by", "dale", "field", "ford", "ham", "haven", "holm", "hurst", "leigh", "low",
             "mere", "minster", "mouth", "ness", "port", "stead", "thorpe", "ton", "well", "worth"]
    names = [head + tail for head in heads for tail in tails]
    return list(np.random.default_rng(SEED).permutation(names))


CITIES = city_names()
CITY_SHARES = np.arange(1, N_CITIES + 1) ** -0.9
CITY_SHARES /= CITY_SHARES.sum()


def words(values, positions):
    """Text column: `values` by position."""
    return pa.array(values).take(pa.array(positions))


def decimal(cents):
    """decimal(12,2) of whole cents, without a detour over text or floats."""
    wide = np.empty((len(cents), 2), dtype=np.int64)
    wide[:, 0] = cents
    wide[:, 1] = np.where(cents < 0, -1, 0)  # the sign fills the upper half of the 128 bits
    return pa.Array.from_buffers(pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(wide)])


def emails(rng, n):
    """Addresses of high cardinality; 1 in 100 malformed in one of four ways, 1 in 1,000 null."""
    name = words(NAMES, rng.integers(0, len(NAMES), n))
    number = pc.cast(pa.array(rng.integers(0, 10**12, n)), pa.string())
    domain = words(DOMAINS, rng.integers(0, len(DOMAINS), n))
    user = pc.binary_join_element_wise(name, number, ".")
    is_null = rng.random(n) < 0.001
    is_bad = (rng.random(n) < 0.01) & ~is_null
    way = rng.integers(0, 4, n)
    join = lambda at, host: pc.binary_join_element_wise(user, host, at)  # noqa: E731
    none = pa.scalar("")
    address = join("@", domain)
    bad_forms = [join(" at ", domain), join("@@", domain), join("@", none), join("@", pa.scalar("example.x"))]
    for at, form in enumerate(bad_forms):
        address = pc.if_else(pa.array(is_bad & (way == at)), form, address)
    return pc.if_else(pa.array(is_null), pa.scalar(None, pa.string()), address), int(is_null.sum()), int(is_bad.sum())


def with_nulls(rng, values, share, keep):
    """A float column in which about `share` of the rows are null, never those of `keep`."""
    is_null = rng.random(len(values)) < share
    is_null[keep] = False
    return pa.array(values, mask=is_null), is_null


def row_group(number, rows_total, truth, metres_counted):
    """One row group; adds what it plants to `truth` and its distances to `metres_counted`."""
    rng = np.random.default_rng([SEED, number])
    n, first = GROUP, number * GROUP
    place = first + np.argsort(np.arange(n) // ARRIVAL_BLOCK + rng.random(n))
    order_id = 4_000_000_000 + 3 * place
    # an odd factor modulo a power of two maps different places to different trips
    trip_id = ((place.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) & np.uint64((1 << 40) - 1)).astype(np.int64)
    microseconds = np.sort(first + rng.random(n) * n) * (SPAN_US / rows_total)
    created_at = START + microseconds.astype("timedelta64[us]")
    # 100 trips get the id of another trip; 50 of them its time too, so their composite key repeats
    chosen = rng.choice(n, 200, replace=False)
    copy, original = chosen[:100], chosen[100:]
    trip_id[copy] = trip_id[original]
    created_at[copy[:50]] = created_at[original[:50]]

    metres = np.clip(np.rint(rng.lognormal(1.6, 0.8, n) * 1000), 1, MAX_METRES).astype(np.int64)
    duration = np.clip(metres / 1000 * 2.4 + rng.gamma(3.0, 4.0, n), 0.1, 1440)
    distance = metres / 1000
    wrong = rng.choice(n, 30, replace=False)
    distance[wrong[:15]], distance[wrong[15:]] = -1.0, 9999.0
    duration[wrong[:10]] = -5.0
    distance_km, no_distance = with_nulls(rng, distance, 0.02, wrong)
    duration_min, _ = with_nulls(rng, duration, 0.01, wrong)
    usual = ~no_distance
    usual[wrong] = False
    metres_counted += np.bincount(metres[usual], minlength=MAX_METRES + 1)

    rating, no_rating = with_nulls(rng, np.round(np.clip(rng.normal(4.4, 0.6, n), 1, 5), 1), 0.15, [])
    cents = np.rint(np.clip(rng.lognormal(3.2, 0.7, n), 0.5, 5000) * 100).astype(np.int64)
    negative = rng.choice(n, 8, replace=False)
    cents[negative] *= -1
    status = rng.choice(6, n, p=STATUS_SHARES)
    status[rng.choice(n, 5, replace=False)] = 6
    customer_id = rng.integers(1, CUSTOMERS + 1, n)
    customer_id[rng.choice(n, 20, replace=False)] += 10 * CUSTOMERS
    email, email_nulls, email_bad = emails(rng, n)

    for check, failing in {
        "uniqueness.trip_id+created_at": 100, "distance_km.range": 30, "duration_min.range": 10, "amount.range": 8,
        "status.in": 5, "customer_id.references": 20, "email.completeness": email_nulls, "email.pattern": email_bad,
        "rating.completeness": int(no_rating.sum()),
    }.items():
        truth["failing"][check] += failing
    truth["amount_cents"] += int(cents.sum())
    truth["newest"] = max(truth["newest"], str(created_at.max()))
    return pa.table({
        "order_id": order_id,
        "trip_id": trip_id,
        "created_at": pa.array(created_at, pa.timestamp("us")),
        "distance_km": distance_km,
        "duration_min": duration_min,
        "rating": rating,
        "amount": decimal(cents),
        "status": words(STATUS, status),
        "city": words(CITIES, rng.choice(N_CITIES, n, p=CITY_SHARES)),
        "email": email,
        "is_express": pa.array(rng.random(n) < 0.2),
        "order_date": pa.array(created_at.astype("datetime64[D]")),
        "customer_id": customer_id,
    })


def median_km(metres_counted, low, high):
    """The median by linear interpolation, with `low` values below all counted ones and `high` above."""
    cumulated = low + np.cumsum(metres_counted)
    n = int(cumulated[-1]) + high
    at = [int(np.searchsorted(cumulated, rank, side="right")) / 1000 for rank in ((n - 1) // 2, n // 2)]
    return (at[0] + at[1]) / 2


def write_orders(path, rows):
    zero = ["order_id.completeness", "created_at.completeness", "amount.completeness", "status.completeness",
            "order_id.uniqueness", "city.length"]
    planted = ["uniqueness.trip_id+created_at", "distance_km.range", "duration_min.range", "amount.range", "status.in",
               "customer_id.references", "email.completeness", "email.pattern", "rating.completeness"]
    truth = {"rows": rows, "newest": "", "amount_cents": 0, "failing": dict.fromkeys(zero + planted, 0)}
    metres_counted = np.zeros(MAX_METRES + 1, dtype=np.int64)
    n_groups = rows // GROUP
    writer = None
    unfinished = path + ".part"
    for number in range(n_groups):
        table = row_group(number, rows, truth, metres_counted)
        writer = writer or pq.ParquetWriter(unfinished, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP)
        if sys.stderr.isatty():
            print(f"\r{path}: {number + 1} of {n_groups} million rows", end="\n" if number + 1 == n_groups else "", file=sys.stderr, flush=True)
    writer.close()
    truth["observed"] = {
        "amount.mean": truth.pop("amount_cents") / 100 / rows,
        "distance_km.median": median_km(metres_counted, 15 * n_groups, 15 * n_groups),
    }
    with open(path.removesuffix(".parquet") + ".truth.json", "w") as out:
        json.dump(truth, out, indent=1)
    os.rename(unfinished, path)  # last: a file under its name is complete, and so is its truth


def write_customers(path):
    rng = np.random.default_rng(SEED + 1)
    joined = np.datetime64("2019-06-01") + rng.integers(0, 2400, CUSTOMERS).astype("timedelta64[D]")
    table = pa.table({
        "customer_id": rng.permutation(np.arange(1, CUSTOMERS + 1)),
        "segment": words(["retail", "business", "partner"], rng.integers(0, 3, CUSTOMERS)),
        "joined": pa.array(joined),
    })
    pq.write_table(table, path + ".part", compression="zstd")
    os.rename(path + ".part", path)


def main():
    folder, millions = sys.argv[1], int(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    customers = os.path.join(folder, "customers.parquet")
    orders = os.path.join(folder, f"orders_{millions}m.parquet")
    if not os.path.exists(customers):
        write_customers(customers)
    if not os.path.exists(orders):
        write_orders(orders, millions * GROUP)


if __name__ == "__main__":
    main()

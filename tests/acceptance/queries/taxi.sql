-- One row per check of docs/examples/taxi/yellow_trips.yaml, found without Assay: `tested` and `failing` rows, `nulls`
-- where the check leaves them untested, `unknown` where a predicate is null, `observed` values, and how many failing rows are allowed
-- before the check warns or fails. `cells` holds the file as text, one batch; `month` and `as_of` are variables.

CREATE OR REPLACE VIEW t AS SELECT
    as_integer(vendor_id) AS vendor, as_timestamp(pickup_datetime) AS pickup, as_timestamp(dropoff_datetime) AS dropoff,
    as_integer(passenger_count) AS passengers, as_float(trip_distance) AS distance, as_integer(rate_code_id) AS rate,
    store_and_fwd_flag AS flag, as_integer(pickup_location_id) AS pickup_zone, as_integer(dropoff_location_id) AS dropoff_zone,
    as_integer(payment_type) AS payment, as_decimal(fare_amount) AS fare, as_decimal(extra) AS extra, as_decimal(mta_tax) AS tax,
    as_decimal(tip_amount) AS tip, as_decimal(tolls_amount) AS tolls, as_decimal(improvement_surcharge) AS improvement,
    as_decimal(total_amount) AS total, as_decimal(congestion_surcharge) AS congestion
FROM cells;

CREATE OR REPLACE TABLE declared AS SELECT * FROM (VALUES
    ('vendor_id', 'int16'), ('pickup_datetime', 'timestamp'), ('dropoff_datetime', 'timestamp'), ('passenger_count', 'int8'),
    ('trip_distance', 'float64'), ('rate_code_id', 'int16'), ('store_and_fwd_flag', 'string'), ('pickup_location_id', 'int16'),
    ('dropoff_location_id', 'int16'), ('payment_type', 'int16'), ('fare_amount', 'decimal(8,2)'), ('extra', 'decimal(8,2)'),
    ('mta_tax', 'decimal(8,2)'), ('tip_amount', 'decimal(8,2)'), ('tolls_amount', 'decimal(8,2)'),
    ('improvement_surcharge', 'decimal(8,2)'), ('total_amount', 'decimal(8,2)'), ('congestion_surcharge', 'decimal(8,2)')
) AS declared(name, type);

CREATE OR REPLACE TABLE found AS
-- the schema: names and order of the header
SELECT 'schema' AS "check",
       CASE WHEN (SELECT list(column_name) FROM (DESCRIBE cells)) = (SELECT list(name) FROM declared) THEN 'pass' ELSE 'fail' END AS outcome
UNION ALL BY NAME
-- every `<column>.parse`, and `nan` of the float
SELECT in_id(name) || '.parse' AS "check", count(cell) AS tested, count(cell) FILTER (NOT parses(cell, type)) AS failing,
       (SELECT count(*) FROM cells) - count(cell) AS nulls, 0 AS allowed_fail
FROM declared LEFT JOIN (UNPIVOT cells ON COLUMNS(*) INTO NAME name VALUE cell) USING (name)
WHERE type <> 'string' GROUP BY name
UNION ALL BY NAME
SELECT 'trip_distance.nan' AS "check", count(distance) AS tested, count(*) FILTER (isnan(distance)) AS failing, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'vendor_id.completeness' AS "check", count(*) AS tested, count(*) FILTER (vendor_id IS NULL) AS failing,
       0 AS allowed_warn, 0.006 * count(*) AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'vendor_id.in' AS "check", count(vendor) AS tested, count(*) FILTER (vendor NOT IN (1, 2)) AS failing,
       count(*) - count(vendor) AS nulls, 0 AS allowed_warn, 0.009 * count(vendor) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'pickup_datetime.completeness' AS "check", count(*) AS tested, count(*) FILTER (pickup_datetime IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'pickup_datetime.range' AS "check", count(pickup) AS tested,
       count(*) FILTER (pickup < TIMESTAMP '2019-01-01' OR pickup >= TIMESTAMP '2020-01-01') AS failing, count(*) - count(pickup) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'dropoff_datetime.completeness' AS "check", count(*) AS tested, count(*) FILTER (dropoff_datetime IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'passenger_count.completeness' AS "check", count(*) AS tested, count(*) FILTER (passenger_count IS NULL) AS failing,
       0 AS allowed_warn, 0.01 * count(*) AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'passenger_count.range' AS "check", count(passengers) AS tested, count(*) FILTER (passengers NOT BETWEEN 1 AND 6) AS failing,
       count(*) - count(passengers) AS nulls, 0.005 * count(passengers) AS allowed_warn, 0.05 * count(passengers) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'trip_distance.completeness' AS "check", count(*) AS tested, count(*) FILTER (trip_distance IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'trip_distance.range' AS "check", count(distance) AS tested, count(*) FILTER (distance < 0 OR distance >= 200) AS failing,
       count(*) - count(distance) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'rate_code_id.in' AS "check", count(rate) AS tested, count(*) FILTER (rate NOT BETWEEN 1 AND 6) AS failing,
       count(*) - count(rate) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'store_and_fwd_flag.completeness' AS "check", count(*) AS tested, count(*) FILTER (flag IS NULL) AS failing, 0.005 * count(*) AS allowed_warn FROM t
UNION ALL BY NAME
SELECT 'store_and_fwd_flag.in' AS "check", count(flag) AS tested, count(*) FILTER (flag NOT IN ('Y', 'N')) AS failing, count(*) - count(flag) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'store_and_fwd_flag.pattern' AS "check", count(flag) AS tested, count(*) FILTER (NOT regexp_matches(flag, '^[YN]$')) AS failing, count(*) - count(flag) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'store_and_fwd_flag.length' AS "check", count(flag) AS tested, count(*) FILTER (length(flag) <> 1) AS failing, count(*) - count(flag) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'pickup_location_id.completeness' AS "check", count(*) AS tested, count(*) FILTER (pickup_location_id IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'pickup_location_id.range' AS "check", count(pickup_zone) AS tested, count(*) FILTER (pickup_zone NOT BETWEEN 1 AND 265) AS failing,
       count(*) - count(pickup_zone) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'pickup_location_id.not_in' AS "check", count(pickup_zone) AS tested, count(*) FILTER (pickup_zone IN (264, 265)) AS failing,
       count(*) - count(pickup_zone) AS nulls, 0.009 * count(pickup_zone) AS allowed_warn, 0.02 * count(pickup_zone) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'dropoff_location_id.completeness' AS "check", count(*) AS tested, count(*) FILTER (dropoff_location_id IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'dropoff_location_id.range' AS "check", count(dropoff_zone) AS tested, count(*) FILTER (dropoff_zone NOT BETWEEN 1 AND 265) AS failing,
       count(*) - count(dropoff_zone) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'dropoff_location_id.not_in' AS "check", count(dropoff_zone) AS tested, count(*) FILTER (dropoff_zone IN (264, 265)) AS failing,
       count(*) - count(dropoff_zone) AS nulls, 0.01 * count(dropoff_zone) AS allowed_warn, 0.02 * count(dropoff_zone) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'payment_type.in' AS "check", count(payment) AS tested, count(*) FILTER (payment NOT BETWEEN 1 AND 6) AS failing, count(*) - count(payment) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'fare_amount.completeness' AS "check", count(*) AS tested, count(*) FILTER (fare_amount IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'fare_amount.range' AS "check", count(fare) AS tested, count(*) FILTER (fare < 0) AS failing, count(*) - count(fare) AS nulls,
       0.001 * count(fare) AS allowed_warn, 0.002 * count(fare) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'fare_plausible' AS "check", count(fare) AS tested, count(*) FILTER (fare > 1000) AS failing, count(*) - count(fare) AS nulls, 0 AS allowed_warn FROM t
UNION ALL BY NAME
SELECT 'extra.completeness' AS "check", count(*) AS tested, count(*) FILTER (extra IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'extra.range' AS "check", count(extra) AS tested, count(*) FILTER (extra NOT BETWEEN -1 AND 10) AS failing, count(*) - count(extra) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'mta_tax.in' AS "check", count(tax) AS tested, count(*) FILTER (tax NOT IN (0, 0.5)) AS failing, count(*) - count(tax) AS nulls, 20 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'tip_amount.range' AS "check", count(tip) AS tested, count(*) FILTER (tip < 0) AS failing, count(*) - count(tip) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'tolls_amount.range' AS "check", count(tolls) AS tested, count(*) FILTER (tolls < 0) AS failing, count(*) - count(tolls) AS nulls, 1 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'improvement_surcharge.not_in' AS "check", count(improvement) AS tested, count(*) FILTER (improvement = -0.3) AS failing,
       count(*) - count(improvement) AS nulls, 0 AS allowed_warn FROM t
UNION ALL BY NAME
SELECT 'total_amount.completeness' AS "check", count(*) AS tested, count(*) FILTER (total_amount IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'total_amount.range' AS "check", count(total) AS tested, count(*) FILTER (total <= -500 OR total >= 5000) AS failing, count(*) - count(total) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'congestion_surcharge.completeness' AS "check", count(*) AS tested, count(*) FILTER (congestion_surcharge IS NULL) AS failing, 0.01 * count(*) AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'congestion_surcharge.in' AS "check", count(congestion) AS tested, count(*) FILTER (congestion NOT IN (0, 2.5)) AS failing,
       count(*) - count(congestion) AS nulls, 0.002 * count(congestion) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'row_count' AS "check", count(*)::VARCHAR AS observed, CASE WHEN count(*) BETWEEN 9000 AND 11000 THEN 'pass' ELSE 'fail' END AS outcome FROM cells
UNION ALL BY NAME
SELECT 'freshness.dropoff_datetime' AS "check", tested, strftime(newest, '%Y-%m-%dT%H:%M:%S') AS observed,
       CASE WHEN age > INTERVAL 3 DAY THEN 'fail' WHEN age > INTERVAL 1 DAY THEN 'warn' ELSE 'pass' END AS outcome
FROM (SELECT count(dropoff) AS tested, max(dropoff) AS newest, getvariable('as_of')::TIMESTAMPTZ - timezone('America/New_York', max(dropoff)) AS age FROM t)
UNION ALL BY NAME
SELECT 'uniqueness.vendor_id+pickup_datetime+dropoff_datetime+pickup_location_id+dropoff_location_id' AS "check",
       coalesce(sum(n), 0) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 0 AS allowed_fail
FROM (SELECT count(*) AS n FROM t WHERE vendor IS NOT NULL AND pickup IS NOT NULL AND dropoff IS NOT NULL AND pickup_zone IS NOT NULL
      AND dropoff_zone IS NOT NULL GROUP BY vendor, pickup, dropoff, pickup_zone, dropoff_zone)
UNION ALL BY NAME
SELECT 'uniqueness.pickup_datetime' AS "check", sum(n) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 0.005 * sum(n) AS allowed_fail
FROM (SELECT count(*) AS n FROM t WHERE pickup IS NOT NULL GROUP BY pickup)
UNION ALL BY NAME
SELECT 'pickup_in_month' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT strftime(pickup, '%Y-%m') = getvariable('month') AS holds FROM t)
UNION ALL BY NAME
SELECT 'dropoff_not_before_pickup' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT dropoff >= pickup AS holds FROM t)
UNION ALL BY NAME
SELECT 'trip_takes_time' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown,
       0 AS allowed_warn, 0.001 * count(holds) AS allowed_fail
FROM (SELECT dropoff > pickup AS holds FROM t)
UNION ALL BY NAME
SELECT 'shorter_than_a_shift' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown,
       0.0025 * count(holds) AS allowed_fail
FROM (SELECT epoch(dropoff) - epoch(pickup) <= 12 * 3600 AS holds FROM t)
UNION ALL BY NAME
SELECT 'parts_add_up' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown,
       0.0025 * count(holds) AS allowed_warn, 0.0045 * count(holds) AS allowed_fail
FROM (SELECT fare + extra + tax + tip + tolls + improvement + coalesce(congestion, 0) = total AS holds FROM t WHERE vendor = 2)
UNION ALL BY NAME
SELECT 'tips_by_card_only' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_warn
FROM (SELECT payment = 1 OR tip = 0 AS holds FROM t)
UNION ALL BY NAME
SELECT 'jfk_flat_fare' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0.01 * count(holds) AS allowed_fail
FROM (SELECT fare = 52 AS holds FROM t WHERE rate = 2)
UNION ALL BY NAME
SELECT 'tip_not_above_fare' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0.003 * count(holds) AS allowed_warn
FROM (SELECT tip <= fare AS holds FROM t WHERE fare >= 0);

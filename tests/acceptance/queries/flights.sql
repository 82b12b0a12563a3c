-- One row per check of docs/examples/flights/flights.yaml, found without Assay; the columns are those of taxi.sql.
-- `cells` holds the file as text, one half of the year; `half` and `as_of` are variables. DuckDB calls the column
-- without a name `column0`.

CREATE OR REPLACE VIEW t AS SELECT
    as_integer(column0) AS number, CANCELLED = '1' AS cancelled, AIRLINE AS airline, as_float(DEPARTURE_DELAY) AS delay,
    as_float(TAXI_OUT) AS taxi_out, as_float(AIR_TIME) AS air_time, as_integer(DISTANCE) AS distance, as_date("DATE") AS day
FROM cells;

CREATE OR REPLACE TABLE declared AS SELECT * FROM (VALUES
    ('column0', 'int64'), ('CANCELLED', '0 or 1'), ('AIRLINE', 'string'), ('DEPARTURE_DELAY', 'float64'), ('TAXI_OUT', 'float64'),
    ('AIR_TIME', 'float64'), ('DISTANCE', 'int32'), ('DATE', 'date')
) AS declared(name, type);

CREATE OR REPLACE TABLE found AS
SELECT 'schema' AS "check",
       CASE WHEN (SELECT list(column_name) FROM (DESCRIBE cells)) = (SELECT list(name) FROM declared) THEN 'pass' ELSE 'fail' END AS outcome
UNION ALL BY NAME
SELECT in_id(if(name = 'column0', '', name)) || '.parse' AS "check", count(cell) AS tested,
       count(cell) FILTER (NOT parses(cell, type)) AS failing, (SELECT count(*) FROM cells) - count(cell) AS nulls, 0 AS allowed_fail
FROM declared LEFT JOIN (UNPIVOT cells ON COLUMNS(*) INTO NAME name VALUE cell) USING (name)
WHERE type <> 'string' GROUP BY name
UNION ALL BY NAME
SELECT in_id('') || '.completeness' AS "check", count(*) AS tested, count(*) FILTER (column0 IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'key' AS "check", sum(n) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 0 AS allowed_fail
FROM (SELECT count(*) AS n FROM t WHERE number IS NOT NULL GROUP BY number)
UNION ALL BY NAME
SELECT 'CANCELLED.completeness' AS "check", count(*) AS tested, count(*) FILTER (CANCELLED IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'AIRLINE.completeness' AS "check", count(*) AS tested, count(*) FILTER (AIRLINE IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'AIRLINE.length' AS "check", count(airline) AS tested, count(*) FILTER (length(airline) <> 2) AS failing, count(*) - count(airline) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'AIRLINE.pattern' AS "check", count(airline) AS tested, count(*) FILTER (NOT regexp_matches(airline, '^[A-Z0-9]{2}$')) AS failing,
       count(*) - count(airline) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'AIRLINE.in' AS "check", count(airline) AS tested,
       count(*) FILTER (airline NOT IN ('AA', 'AS', 'B6', 'DL', 'EV', 'F9', 'HA', 'MQ', 'NK', 'OO', 'UA', 'US', 'VX', 'WN')) AS failing,
       count(*) - count(airline) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'AIRLINE.not_in' AS "check", count(airline) AS tested, count(*) FILTER (airline = 'US') AS failing, count(*) - count(airline) AS nulls, 0 AS allowed_warn FROM t
UNION ALL BY NAME
SELECT unnest(['DEPARTURE_DELAY.nan', 'TAXI_OUT.nan', 'AIR_TIME.nan']) AS "check",
       unnest([count(delay), count(taxi_out), count(air_time)]) AS tested,
       unnest([count(*) FILTER (isnan(delay)), count(*) FILTER (isnan(taxi_out)), count(*) FILTER (isnan(air_time))]) AS failing, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'DEPARTURE_DELAY.range' AS "check", count(delay) AS tested, count(*) FILTER (delay NOT BETWEEN -60 AND 1440) AS failing,
       count(*) - count(delay) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'DEPARTURE_DELAY.completeness' AS "check", count(*) AS tested, count(*) FILTER (DEPARTURE_DELAY IS NULL) AS failing,
       0.02 * count(*) AS allowed_warn, 0.05 * count(*) AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'departed_has_delay' AS "check", count(*) AS tested, count(*) FILTER (delay IS NULL) AS failing, 0 AS allowed_fail FROM t WHERE NOT cancelled
UNION ALL BY NAME
SELECT 'no_such_airline' AS "check", count(*) AS tested, count(*) FILTER (delay IS NULL) AS failing, 0 AS allowed_fail FROM t WHERE airline = 'ZZ'
UNION ALL BY NAME
SELECT 'TAXI_OUT.range' AS "check", count(taxi_out) AS tested, count(*) FILTER (taxi_out < 1 OR taxi_out >= 120) AS failing,
       count(*) - count(taxi_out) AS nulls, 15 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'departed_has_taxi_out' AS "check", count(*) AS tested, count(*) FILTER (taxi_out IS NULL) AS failing, 0 AS allowed_fail FROM t WHERE NOT cancelled
UNION ALL BY NAME
SELECT 'AIR_TIME.range' AS "check", count(air_time) AS tested, count(*) FILTER (air_time <= 0 OR air_time > 700) AS failing,
       count(*) - count(air_time) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'AIR_TIME.completeness' AS "check", count(*) AS tested, count(*) FILTER (AIR_TIME IS NULL) AS failing, 0.025 * count(*) AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'flown_has_air_time' AS "check", count(*) AS tested, count(*) FILTER (air_time IS NULL) AS failing, 0.003 * count(*) AS allowed_fail FROM t WHERE NOT cancelled
UNION ALL BY NAME
SELECT 'DISTANCE.completeness' AS "check", count(*) AS tested, count(*) FILTER (DISTANCE IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'DISTANCE.range' AS "check", count(distance) AS tested, count(*) FILTER (distance NOT BETWEEN 31 AND 4983) AS failing,
       count(*) - count(distance) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'DATE.completeness' AS "check", count(*) AS tested, count(*) FILTER ("DATE" IS NULL) AS failing, 0 AS allowed_fail FROM cells
UNION ALL BY NAME
SELECT 'DATE.range' AS "check", count(day) AS tested, count(*) FILTER (day NOT BETWEEN DATE '2015-01-01' AND DATE '2015-12-31') AS failing,
       count(*) - count(day) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'row_count' AS "check", count(*)::VARCHAR AS observed, CASE WHEN count(*) BETWEEN 49995 AND 50010 THEN 'pass' ELSE 'fail' END AS outcome FROM cells
UNION ALL BY NAME
-- dates are compared as whole days in the column's zone
SELECT 'freshness.DATE' AS "check", count(day) AS tested, max(day)::VARCHAR AS observed,
       CASE WHEN timezone('America/New_York', getvariable('as_of')::TIMESTAMPTZ)::DATE - max(day) > 3 THEN 'fail' ELSE 'pass' END AS outcome FROM t
UNION ALL BY NAME
SELECT 'uniqueness.AIRLINE+DATE+DISTANCE+DEPARTURE_DELAY+TAXI_OUT+AIR_TIME' AS "check", sum(n) AS tested,
       coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 2 AS allowed_fail
FROM (SELECT count(*) AS n FROM t WHERE airline IS NOT NULL AND day IS NOT NULL AND distance IS NOT NULL AND delay IS NOT NULL
      AND taxi_out IS NOT NULL AND air_time IS NOT NULL GROUP BY airline, day, distance, delay, taxi_out, air_time)
UNION ALL BY NAME
-- GROUP BY puts nulls together, as `nulls: equal` does
SELECT 'same_flight_twice' AS "check", sum(n) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 0 AS allowed_warn, 0.001 * sum(n) AS allowed_fail
FROM (SELECT count(*) AS n FROM t GROUP BY airline, day, distance, delay, taxi_out, air_time)
UNION ALL BY NAME
SELECT 'cancelled_did_not_fly' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT NOT cancelled OR air_time IS NULL AS holds FROM t)
UNION ALL BY NAME
SELECT 'cancelled_did_not_depart' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 30 AS allowed_fail
FROM (SELECT NOT cancelled OR delay IS NULL AS holds FROM t)
UNION ALL BY NAME
SELECT 'slower_than_sound' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown,
       0 AS allowed_warn, 10 AS allowed_fail
FROM (SELECT distance / (air_time / 60) <= 600 AS holds FROM t)
UNION ALL BY NAME
SELECT 'half_of_the_year' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT (day <= DATE '2015-07-01') = (getvariable('half') = 'h1') AS holds FROM t)
UNION ALL BY NAME
SELECT 'us_airways_days' AS "check", coalesce(sum(n), 0) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 0.6 * coalesce(sum(n), 0) AS allowed_fail
FROM (SELECT count(*) AS n FROM t WHERE airline = 'US' AND delay IS NOT NULL AND day IS NOT NULL GROUP BY day, delay);

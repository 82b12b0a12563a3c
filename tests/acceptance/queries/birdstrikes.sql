-- One row per check of docs/examples/birdstrikes/strikes.yaml, found without Assay; the columns are those of taxi.sql.
-- `cells` holds the file as text; `as_of` is a variable. DuckDB finds columns without regard to case; the contract
-- writes the speed's name in small letters, and the id of its checks says so.

CREATE OR REPLACE VIEW t AS SELECT
    "Airport Name" AS airport, "Aircraft Make Model" AS aircraft, "Effect Amount of damage" AS damage, as_date("Flight Date") AS day,
    "Aircraft Airline Operator" AS operator, "Origin State" AS state, "Phase of flight" AS phase, "Wildlife Size" AS size,
    "Wildlife Species" AS species, "Time of day" AS time_of_day, as_integer("Cost Other") AS cost_other,
    as_integer("Cost Repair") AS cost_repair, as_integer("Cost Total $") AS cost_total, as_integer("Speed IAS in knots") AS speed
FROM cells;

CREATE OR REPLACE TABLE declared AS SELECT * FROM (VALUES
    ('Airport Name', 'string'), ('Aircraft Make Model', 'string'), ('Effect Amount of damage', 'string'), ('Flight Date', 'date'),
    ('Aircraft Airline Operator', 'string'), ('Origin State', 'string'), ('Phase of flight', 'string'), ('Wildlife Size', 'string'),
    ('Wildlife Species', 'string'), ('Time of day', 'string'), ('Cost Other', 'int64'), ('Cost Repair', 'int64'),
    ('Cost Total $', 'int64'), ('Speed IAS in knots', 'int16')
) AS declared(name, type);

CREATE OR REPLACE TABLE found AS
SELECT 'schema' AS "check",
       CASE WHEN (SELECT list(column_name) FROM (DESCRIBE cells)) = (SELECT list(name) FROM declared) THEN 'pass' ELSE 'fail' END AS outcome
UNION ALL BY NAME
SELECT in_id(if(name = 'Speed IAS in knots', lower(name), name)) || '.parse' AS "check", count(cell) AS tested,
       count(cell) FILTER (NOT parses(cell, type)) AS failing, (SELECT count(*) FROM cells) - count(cell) AS nulls, 0 AS allowed_fail
FROM declared LEFT JOIN (UNPIVOT cells ON COLUMNS(*) INTO NAME name VALUE cell) USING (name)
WHERE type <> 'string' GROUP BY name
UNION ALL BY NAME
-- every `required: true`
SELECT in_id(name) || '.completeness' AS "check", (SELECT count(*) FROM cells) AS tested,
       (SELECT count(*) FROM cells) - count(cell) AS failing, 0 AS allowed_fail
FROM declared LEFT JOIN (UNPIVOT cells ON COLUMNS(*) INTO NAME name VALUE cell) USING (name)
WHERE name NOT IN ('Wildlife Species', 'Speed IAS in knots') GROUP BY name
UNION ALL BY NAME
SELECT '"Airport Name".length' AS "check", count(airport) AS tested, count(*) FILTER (length(airport) NOT BETWEEN 5 AND 40) AS failing,
       count(*) - count(airport) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Airport Name".pattern' AS "check", count(airport) AS tested, count(*) FILTER (NOT regexp_matches(airport, '^[A-Z][A-Z0-9 ()/''-]+$')) AS failing,
       count(*) - count(airport) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Aircraft Make Model".length' AS "check", count(aircraft) AS tested, count(*) FILTER (length(aircraft) > 15) AS failing,
       count(*) - count(aircraft) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Aircraft Make Model".pattern' AS "check", count(aircraft) AS tested, count(*) FILTER (NOT regexp_matches(aircraft, '^[A-Z0-9][A-Z0-9 ./-]*$')) AS failing,
       count(*) - count(aircraft) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Effect Amount of damage".in' AS "check", count(damage) AS tested,
       count(*) FILTER (damage NOT IN ('None', 'Minor', 'Medium', 'Substantial', 'Destroyed')) AS failing, count(*) - count(damage) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Flight Date".range' AS "check", count(day) AS tested, count(*) FILTER (day < DATE '1990-01-01' OR day >= DATE '2003-01-01') AS failing,
       count(*) - count(day) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Aircraft Airline Operator".not_pattern' AS "check", count(operator) AS tested, count(*) FILTER (contains(operator, '*')) AS failing,
       count(*) - count(operator) AS nulls, 0.05 * count(operator) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Aircraft Airline Operator".not_in' AS "check", count(operator) AS tested, count(*) FILTER (operator = 'UNKNOWN') AS failing,
       count(*) - count(operator) AS nulls, 0.01 * count(operator) AS allowed_warn FROM t
UNION ALL BY NAME
SELECT '"Origin State".length' AS "check", count(state) AS tested, count(*) FILTER (length(state) NOT BETWEEN 4 AND 20) AS failing,
       count(*) - count(state) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Phase of flight".in' AS "check", count(phase) AS tested,
       count(*) FILTER (phase NOT IN ('Parked', 'Taxi', 'Take-off run', 'Climb', 'En Route', 'Descent', 'Approach', 'Landing Roll')) AS failing,
       count(*) - count(phase) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Wildlife Size".in' AS "check", count(size) AS tested, count(*) FILTER (size NOT IN ('Small', 'Medium', 'Large')) AS failing,
       count(*) - count(size) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Wildlife Species".completeness' AS "check", count(*) AS tested, count(*) FILTER (species IS NULL OR species = 'Unknown bird or bat') AS failing,
       0.06 * count(*) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'species_spelling' AS "check", count(species) AS tested,
       count(*) FILTER (NOT regexp_matches(species, '^[A-Z][a-z]+([ -][a-z]+)*( - (small|medium|large))?$')) AS failing,
       count(*) - count(species) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'species_known' AS "check", count(species) AS tested, count(*) FILTER (starts_with(species, 'Unknown')) AS failing,
       count(*) - count(species) AS nulls, 0.5 * count(species) AS allowed_warn, 0.9 * count(species) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Time of day".in' AS "check", count(time_of_day) AS tested, count(*) FILTER (time_of_day NOT IN ('Dawn', 'Day', 'Dusk', 'Night')) AS failing,
       count(*) - count(time_of_day) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Cost Other".range' AS "check", count(cost_other) AS tested, count(*) FILTER (cost_other < 0) AS failing, count(*) - count(cost_other) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Cost Repair".range' AS "check", count(cost_repair) AS tested, count(*) FILTER (cost_repair < 0) AS failing, count(*) - count(cost_repair) AS nulls, 0 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"Cost Total $".range' AS "check", count(cost_total) AS tested, count(*) FILTER (cost_total NOT BETWEEN 0 AND 5000000) AS failing,
       count(*) - count(cost_total) AS nulls, 1 AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"speed ias in knots".completeness' AS "check", count(*) AS tested, count(*) FILTER (speed IS NULL) AS failing,
       0.2 * count(*) AS allowed_warn, 0.4 * count(*) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT '"speed ias in knots".range' AS "check", count(speed) AS tested, count(*) FILTER (speed NOT BETWEEN 30 AND 350) AS failing,
       count(*) - count(speed) AS nulls, 0.005 * count(speed) AS allowed_fail FROM t
UNION ALL BY NAME
SELECT 'row_count' AS "check", count(*)::VARCHAR AS observed, CASE WHEN count(*) = 10000 THEN 'pass' ELSE 'fail' END AS outcome FROM cells
UNION ALL BY NAME
SELECT 'freshness."Flight Date"' AS "check", tested, newest::VARCHAR AS observed, CASE WHEN age > 60 THEN 'fail' WHEN age > 14 THEN 'warn' ELSE 'pass' END AS outcome
FROM (SELECT count(day) AS tested, max(day) AS newest, timezone('America/Chicago', getvariable('as_of')::TIMESTAMPTZ)::DATE - max(day) AS age FROM t)
UNION ALL BY NAME
SELECT 'uniqueness."Airport Name"+"Flight Date"+"Aircraft Make Model"+"Wildlife Species"+"Phase of flight"+"Speed IAS in knots"' AS "check",
       sum(n) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus, 0.005 * sum(n) AS allowed_fail
FROM (SELECT count(*) AS n FROM t WHERE speed IS NOT NULL GROUP BY airport, day, aircraft, species, phase, speed)
UNION ALL BY NAME
SELECT 'reported_twice' AS "check", sum(n) AS tested, coalesce(sum(n) FILTER (n > 1), 0) AS failing,
       count(*) FILTER (n > 1) AS groups, coalesce(sum(n - 1) FILTER (n > 1), 0) AS surplus,
       0.005 * sum(n) AS allowed_warn, 0.05 * sum(n) AS allowed_fail
FROM (SELECT count(*) AS n FROM t GROUP BY airport, day, aircraft, species, phase, speed)
UNION ALL BY NAME
SELECT 'costs_add_up' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT cost_repair + cost_other = cost_total AS holds FROM t)
UNION ALL BY NAME
SELECT 'no_damage_no_repair' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown,
       0.002 * count(holds) AS allowed_warn, 0.01 * count(holds) AS allowed_fail
FROM (SELECT cost_repair = 0 AS holds FROM t WHERE damage = 'None')
UNION ALL BY NAME
SELECT 'small_is_small' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT size = 'Small' AS holds FROM t WHERE species LIKE '% - small')
UNION ALL BY NAME
SELECT 'taxiing_is_slow' AS "check", count(holds) AS tested, count(*) FILTER (NOT holds) AS failing, count(*) - count(holds) AS unknown, 0 AS allowed_fail
FROM (SELECT speed <= 60 AS holds FROM t WHERE phase IN ('Taxi', 'Parked'));

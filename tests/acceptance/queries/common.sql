-- What the queries of all tables share. Cells come as text, nothing is typed by the reader; what counts as a value of
-- a type is decided here by regular expressions, because DuckDB's own casts are more lenient than a contract: they
-- round surplus decimals, trim blanks and take 1e3 for an integer.

CREATE OR REPLACE MACRO is_integer(cell, lowest, highest) AS
    regexp_full_match(cell, '[+-]?[0-9]{1,18}') AND TRY_CAST(cell AS BIGINT) BETWEEN lowest AND highest;

-- decimal(p,s): at most p-s digits before the point and s after it, zeros at the ends aside
CREATE OR REPLACE MACRO is_decimal(cell, p, s) AS
    regexp_full_match(cell, '[+-]?[0-9]+(\.[0-9]+)?')
    AND length(ltrim(regexp_extract(cell, '[0-9]+'), '0')) <= p - s
    AND length(rtrim(regexp_extract(cell, '\.([0-9]+)', 1), '0')) <= s;

CREATE OR REPLACE MACRO is_float(cell) AS
    regexp_full_match(cell, '(?i)[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf|infinity)');

CREATE OR REPLACE MACRO is_date(cell) AS
    regexp_full_match(cell, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND try_strptime(cell, '%Y-%m-%d') IS NOT NULL;

CREATE OR REPLACE MACRO is_timestamp(cell) AS
    regexp_full_match(cell, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}')
    AND TRY_CAST(cell AS TIMESTAMP) IS NOT NULL;

CREATE OR REPLACE MACRO parses(cell, type) AS CASE type
    WHEN 'int8' THEN is_integer(cell, -128, 127)
    WHEN 'int16' THEN is_integer(cell, -32768, 32767)
    WHEN 'int32' THEN is_integer(cell, -2147483648, 2147483647)
    WHEN 'int64' THEN is_integer(cell, -999999999999999999, 999999999999999999)
    WHEN 'decimal(8,2)' THEN is_decimal(cell, 8, 2)
    WHEN 'float64' THEN is_float(cell)
    WHEN 'date' THEN is_date(cell)
    WHEN 'timestamp' THEN is_timestamp(cell)
    WHEN '0 or 1' THEN cell IN ('0', '1')
    ELSE error('no such type here: ' || type) END;

-- Readings for the other checks: null where the cell is null or does not parse, so such cells are not tested.
CREATE OR REPLACE MACRO as_integer(cell) AS CASE WHEN is_integer(cell, -999999999999999999, 999999999999999999) THEN cell::BIGINT END;
CREATE OR REPLACE MACRO as_decimal(cell) AS CASE WHEN is_decimal(cell, 8, 2) THEN cell::DECIMAL(18, 2) END;
CREATE OR REPLACE MACRO as_float(cell) AS CASE WHEN is_float(cell) THEN cell::DOUBLE END;
CREATE OR REPLACE MACRO as_date(cell) AS CASE WHEN is_date(cell) THEN cell::DATE END;
CREATE OR REPLACE MACRO as_timestamp(cell) AS CASE WHEN is_timestamp(cell) THEN cell::TIMESTAMP END;

-- A column's name as it stands in the id of a check.
CREATE OR REPLACE MACRO in_id(name) AS
    CASE WHEN regexp_full_match(name, '[A-Za-z0-9_]+') THEN name ELSE '"' || name || '"' END;

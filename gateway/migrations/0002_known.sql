-- The last value of every series that can be compared with (no failed read, no skewed clock): what a register is
-- held against when it goes backwards. Rows written before this migration follow with their next value.
ALTER TABLE latest ADD COLUMN known_us INTEGER;
ALTER TABLE latest ADD COLUMN known_mantissa TEXT;
ALTER TABLE latest ADD COLUMN known_scale INTEGER;

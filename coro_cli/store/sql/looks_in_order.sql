-- Version 3. Two looks of one second, and a mark that was set while a look was under way, are told apart by our own clock.

ALTER TABLE objects ADD COLUMN asked_at REAL;   -- when what was seen last had been asked for
ALTER TABLE objects ADD COLUMN marked_at REAL;  -- when it was last said that it has to be looked at again

-- What a delivery alone has told, under a key that is not the API's.
CREATE INDEX events_loose ON events (ref, name) WHERE json_extract(data, '$.loose');

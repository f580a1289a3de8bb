-- Whether models decide in a pilot as they would in production, and what they answered in it.
ALTER TABLE pilot ADD COLUMN with_model BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE pilot ADD COLUMN by_model TEXT;

-- Which day it is at a site: due dates and the days of certificates are days there. An IANA name.
ALTER TABLE site ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'Asia/Shanghai';

/** Runs before every test file: a fixed zone and no colour, so that output is the same on every machine. */
process.env.TZ = "UTC";
process.env.NO_COLOR = "1";

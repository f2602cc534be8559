/** The time zones a form offers: those of the United States first, then all that are known. */
const near: readonly (readonly [string, string])[] = [
  ["America/New_York", "Eastern"],
  ["America/Chicago", "Central"],
  ["America/Denver", "Mountain"],
  ["America/Phoenix", "Arizona"],
  ["America/Los_Angeles", "Pacific"],
  ["America/Anchorage", "Alaska"],
  ["Pacific/Honolulu", "Hawaii"],
  ["America/Puerto_Rico", "Puerto Rico"],
  ["Europe/London", "London"],
  ["Europe/Berlin", "Berlin"],
  ["Europe/Madrid", "Madrid"],
  ["America/Mexico_City", "Mexico City"],
  ["UTC", "UTC"],
];
export const zones = near.map(([value, name]) => ({ value, label: `${name} (${value})` }));

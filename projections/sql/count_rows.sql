SELECT count()
FROM {rows:Include}

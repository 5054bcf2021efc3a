/** Most commands open no database. Loading the library takes half of their time. */
export const loadSqlite = async () => ({
  ...(await import('../store/sqlite/open.ts')),
  ...(await import('../store/sqlite/open-to-read.ts')),
  ...(await import('../store/sqlite/open-tokens.ts')),
});

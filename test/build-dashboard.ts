/** Before all tests: builds the dashboard if its sources have changed, as "npm start" does. */
export const setup = async (): Promise<void> => {
  await import('../scripts/ensure-dashboard.ts');
};

/** "9.0276765865279488 BZZ" -> "9.0276 BZZ": four places. Below one, four digits from the first that is not zero. JSON has all of them. */
export const shortMoney = (text: string): string =>
  text.replace(/^(0\.0*[1-9]\d{3}|[1-9]\d*\.\d{4})\d+/, '$1');

/** "9.6276765865279488 BZZ" -> "9.6276 BZZ": four places, more for a small amount. JSON has all of them. */
export const shortMoney = (text: string): string =>
  text.replace(/^(\d+\.(?:0{0,12}[1-9]\d{3}|\d{4}))\d+/, '$1');

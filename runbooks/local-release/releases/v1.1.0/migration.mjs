/** Schema 2: every order has its total. Both directions leave all other fields as they are. */
export const schema = 2;

export function up(order) {
  return { ...order, total: order.quantity * order.price };
}

export function down({ total: _, ...order }) {
  return order;
}

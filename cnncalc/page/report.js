
function printing() {
  const closed = [];
  addEventListener("beforeprint", () => {
    closed.push(...document.querySelectorAll("details:not([open])"));
    closed.forEach((one) => (one.open = true));
  });
  addEventListener("afterprint", () => closed.splice(0).forEach((one) => (one.open = false)));
}

const explained = JSON.parse(document.getElementById("data").textContent);
for (const article of document.querySelectorAll("article[data-network]")) enliven(article, explained[Number(article.dataset.network)]);
printing();

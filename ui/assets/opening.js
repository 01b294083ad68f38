// Until the first piece of a page comes the window shows none of it: Streamlit's frame does not know yet
// whether a sidebar stands beside it, and would move aside.
{
  const root = document.documentElement;
  root.classList.add("limn-opening");
  new MutationObserver((_changes, watch) => {
    if (!document.querySelector(".stMain .stElementContainer > :not(.stAppSkeleton)")) return;
    root.classList.remove("limn-opening");
    watch.disconnect();
  }).observe(document.getElementById("root"), { childList: true, subtree: true });
}

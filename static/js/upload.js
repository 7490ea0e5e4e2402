// Why an upload got no answer of ours: the sign-in page, an error page, one of a proxy on the way, or nothing at all.
window.uploadTrouble = (request) => {
  "use strict";
  if (request.status === 413) return "Die Datei ist zu groß.";
  if (request.responseURL && new URL(request.responseURL).pathname.startsWith("/konto/")) {
    return "Sie sind nicht mehr angemeldet. Bitte melden Sie sich in einem neuen Fenster an und senden Sie dann noch einmal.";
  }
  if (request.status === 403 || request.status === 404) return "Das ist gerade nicht möglich. Bitte laden Sie die Seite neu.";
  if (request.status === 503) return "Das geht gerade nicht. Bitte versuchen Sie es in einer Minute noch einmal.";
  if (!request.status) return "Keine Verbindung. Bitte prüfen Sie Ihr Netz und senden Sie dann noch einmal.";
  return "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.";
};

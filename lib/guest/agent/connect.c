#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "connect.h"

const char *const connect_fields[] = {"to", NULL};

static bool parse_unix(const char *path, struct sockaddr_storage *address, socklen_t *size) {
  struct sockaddr_un *name = (struct sockaddr_un *)address;
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof name->sun_path) return false;
  name->sun_family = AF_UNIX;
  memcpy(name->sun_path, path, length + 1);
  *size = sizeof *name;
  return true;
}

/* "127.0.0.1". This and the next are half as large as the C library's function for both. */
static bool parse_four(const char *text, uint8_t bytes[4]) {
  for (int index = 0; index < 4; index++, text++) {
    unsigned number = 0, digits = 0;
    /* Some read a number that begins with a zero as octal. */
    for (; *text >= '0' && *text <= '9' && (digits == 0 || number > 0) && number < 256; text++, digits++) {
      number = number * 10 + (unsigned)(*text - '0');
    }
    if (digits == 0 || number > 255 || *text != (index < 3 ? '.' : '\0')) return false;
    bytes[index] = (uint8_t)number;
  }
  return true;
}

/* The value of a hexadecimal digit; 16 if it is none. */
static unsigned digit_of(char digit) {
  if (digit >= '0' && digit <= '9') return (unsigned)(digit - '0');
  digit |= 0x20;
  return digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a' + 10) : 16;
}

/* RFC 4291, 2.2, forms 1 and 2: groups of hexadecimal digits, of which a gap "::" stands for those that are zero. */
static bool parse_six(const char *text, uint8_t bytes[16]) {
  int filled = 0, gap = -1;
  if (text[0] == ':' && *++text != ':') return false;
  for (;;) {
    if (*text == ':') {
      if (gap >= 0) return false;
      gap = filled;
      if (*++text == '\0') break;
    }
    unsigned number = 0, digits = 0;
    for (; digits < 4 && digit_of(*text) < 16; text++, digits++) number = number << 4 | digit_of(*text);
    if (digits == 0 || filled == 16) return false;
    bytes[filled++] = (uint8_t)(number >> 8);
    bytes[filled++] = (uint8_t)number;
    if (*text == '\0') break;
    if (*text++ != ':') return false;
  }
  if (gap < 0 || filled == 16) return gap < 0 && filled == 16;
  memmove(bytes + 16 - (filled - gap), bytes + gap, (size_t)(filled - gap));
  memset(bytes + gap, 0, (size_t)(16 - filled));
  return true;
}

static bool parse_internet(const char *text, struct sockaddr_storage *address, socklen_t *size) {
  char host[INET6_ADDRSTRLEN];
  const char *colon = strrchr(text, ':');
  uint64_t port;
  if (colon == NULL || !parse_number(colon + 1, USHRT_MAX, &port)) return false;
  size_t length = (size_t)(colon - text);
  bool is_bracketed = length >= 2 && text[0] == '[' && colon[-1] == ']';
  if (is_bracketed) {
    text++;
    length -= 2;
  }
  if (length >= sizeof host) return false;
  memcpy(host, text, length);
  host[length] = '\0';
  struct sockaddr_in *four = (struct sockaddr_in *)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
  if (is_bracketed && parse_six(host, six->sin6_addr.s6_addr)) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    *size = sizeof *six;
    return true;
  }
  if (is_bracketed || !parse_four(host, (uint8_t *)&four->sin_addr)) return false;
  four->sin_family = AF_INET;
  four->sin_port = htons((uint16_t)port);
  *size = sizeof *four;
  return true;
}

bool connect_parse(const char *text, struct sockaddr_storage *address, socklen_t *size, int *type) {
  memset(address, 0, sizeof *address);
  const char *rest;
  *type = SOCK_STREAM;
  if ((rest = after(text, "unix:")) != NULL) return parse_unix(rest, address, size);
  if ((rest = after(text, "tcp:")) != NULL) return parse_internet(rest, address, size);
  if ((rest = after(text, "udp:")) == NULL) return false;
  *type = SOCK_DGRAM;
  return parse_internet(rest, address, size);
}

/* In a guest without a network, not even the loopback is up. */
bool connect_start(struct stream *stream, struct text *result) {
  struct sockaddr_storage address;
  socklen_t size;
  int type;
  const char *to = fields_value(&stream->request, "to");
  if (to == NULL || !connect_parse(to, &address, &size, &type)) return refuse(result, "the address is none", EINVAL);
  int fd = socket(address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return refuse(result, "there are no sockets", errno);
  int yes = 1;
  if (type == SOCK_STREAM && address.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(fd, (struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS) {
    int error = errno;
    close(fd);
    return refuse(result, "there is no connection", error);
  }
  stream->is_socket = true;
  stream->is_datagram = type == SOCK_DGRAM;
  stream->is_connecting = true;
  stream->fds[INPUT] = stream->fds[OUTPUT] = fd;
  return true;
}

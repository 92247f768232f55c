#ifndef POSTERN_CLIENT_NET_CUT_OFF_H_
#define POSTERN_CLIENT_NET_CUT_OFF_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "client/net/interrupt.h"
#include "client/net/transport.h"
#include "common/clock.h"

namespace postern::client {

// Ends socket operations, one at a time, when their deadline passes or their delivery is
// interrupted. Owned by what owns the socket (one per direction); on its event loop.
class CutOff {
 public:
  explicit CutOff(const boost::asio::any_io_executor& executor);
  ~CutOff();
  CutOff(const CutOff&) = delete;
  CutOff& operator=(const CutOff&) = delete;

  // One operation: made just before it is started, destroyed when it has ended or been dropped.
  class Watch {
   public:
    Watch(CutOff& owner, TimePoint deadline, Interrupt* interrupt);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // kTimeout or kInterrupted when the operation need not begin, or was ended; else kOk.
    IoStatus cut() const;
    // For the operation.
    boost::asio::cancellation_slot slot() const;

   private:
    std::shared_ptr<struct CutOffState> state_;
    Interrupt::Hook hook_;
  };

 private:
  std::shared_ptr<struct CutOffState> state_;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_CUT_OFF_H_
